// The choice of a store, grouped by project.
import { NativeSelect } from "@mantine/core";
import type { Store } from "../../api/model";
import { useChoice } from "./choice";

export function StoreSelect({ stores, chosen }: { stores: readonly Store[]; chosen: Store | undefined }) {
  const { choose } = useChoice();
  const projects = [...new Set(stores.map((store) => store.project))];
  const groups = projects.map((project) => ({
    group: project,
    items: stores
      .filter((store) => store.project === project)
      .map((store) => ({ value: encode(store), label: store.name })),
  }));
  const data = chosen ? groups : [{ value: "", label: "Choose a store", disabled: true }, ...groups];
  return (
    <NativeSelect
      label="Model evaluation store"
      w={{ base: "100%", xs: 340 }}
      data={data}
      value={chosen ? encode(chosen) : ""}
      onChange={(event) => {
        const store = stores.find((one) => encode(one) === event.currentTarget.value);
        if (store) choose({ project: store.project, store: store.name });
      }}
    />
  );
}

function encode(store: Store): string {
  return JSON.stringify([store.project, store.name]);
}
