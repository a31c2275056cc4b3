// Where services run, and what runs there.
import { Anchor, Group, Table } from "@mantine/core";
import { Link } from "react-router";
import { useInfrastructures } from "../../api/administration";
import { useDeployments } from "../../api/serving";
import { formatMoment } from "../../parts/moment";
import { Section } from "../../parts/section";
import { deploymentAddress } from "../../parts/serving-addresses";
import { Wide } from "../../parts/wide";

export function Infrastructures() {
  const infrastructures = useInfrastructures();
  const deployments = useDeployments();
  return (
    <Section title="Infrastructures" answer={infrastructures}>
      {({ items }) => (
        <Wide label="Table of infrastructures">
          <Table miw={520}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Infrastructure</Table.Th>
                <Table.Th>Type</Table.Th>
                <Table.Th>Stage</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th>Deployments</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>{one.id}</Table.Td>
                  <Table.Td>{one.type}</Table.Td>
                  <Table.Td>{one.stage}</Table.Td>
                  <Table.Td>{formatMoment(one.created_at)}</Table.Td>
                  <Table.Td>
                    <Group gap="xs">
                      {deployments.data?.items
                        .filter(({ infrastructure_id }) => infrastructure_id === one.id)
                        .map(({ deployment_id }) => (
                          <Anchor key={deployment_id} component={Link} to={deploymentAddress(deployment_id)} size="sm">
                            {deployment_id}
                          </Anchor>
                        ))}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
    </Section>
  );
}
