// What events hold, by the names of the node's configuration.
export const SWITCHES = [
  ["log_queries", "Log queries", "Without it nothing of the deployments reaches the log."],
  ["log_inputs", "Log inputs", "The features, as they were scored; drift of inputs needs them."],
  ["log_outputs", "Log outputs", "Predictions and probabilities."],
] as const;
