// The server's documents under the names that the pages use.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Reading = Schemas["ReadingAnswer"];
export type Status = Schemas["Status"];
export type EvaluationSummary = Schemas["EvaluationSummary"];
export type Evaluation = Schemas["EvaluationAnswer"];
export type FeatureVerdict = Schemas["FeatureVerdict"];
export type NumericalDistribution = Schemas["NumericalDistributionAnswer"];
export type LevelDistribution = Schemas["LevelDistributionAnswer"];
export type Distribution = NumericalDistribution | LevelDistribution;
export type Labels = Schemas["LabelsAnswer"];
export type Store = Schemas["StoreAnswer"];
export type ModelVersion = Schemas["ModelVersionAnswer"];
export type Service = Schemas["ServiceAnswer"];
export type Deployment = Schemas["DeploymentAnswer"];
export type DeployedEndpoint = Schemas["DeployedEndpointAnswer"];
export type Monitoring = Schemas["MonitoringAnswer"];
export type QueryAnswer = Schemas["QueryAnswer"];
export type Connection = Schemas["ConnectionAnswer"];
export type Infrastructure = Schemas["InfrastructureAnswer"];
export type EventsStatus = Schemas["EventsStatusAnswer"];
export type Health = Schemas["HealthAnswer"];
export type Plan = Schemas["PlanAnswer"];
export type Wishes = Schemas["WishBody"];
export type ScheduleOf = Schemas["ScheduleAnswer"];
export type Check = Schemas["CheckAnswer"];
export type AlertOf = Schemas["AlertAnswer"];
export type Activity = Schemas["ActivityAnswer"];
export type Tail = Schemas["PreviewAnswer"];
export type ProjectOverview = Schemas["ProjectOverviewAnswer"];
export type DeploymentOverview = Schemas["DeploymentOverviewAnswer"];
export type EndpointOverview = Schemas["EndpointOverviewAnswer"];
export type StoredQuery = Schemas["StoredQueryAnswer"];
export type Endpoint = Schemas["EndpointAnswer"];
