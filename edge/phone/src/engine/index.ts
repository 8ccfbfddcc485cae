export type { CheckerInfo, CheckerOptions, LiveView, PhoneChecker } from "./client";
export { createChecker } from "./client";
export { EngineError } from "./errors";
export type { BoxJson, FindingJson, ReportJson } from "./report";
