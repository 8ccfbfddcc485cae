// The engine's public names.
export type { CheckerInfo, CheckerOptions, LiveView, PhoneChecker, Problem } from "./client";
export { createChecker } from "./client";
export { EngineError } from "./errors";
export type { Label, Language, Reason, RuleId, Shot, Verdict } from "./generated/shared";
export { LABELS, LANGUAGES, REASONS, RULE_IDS, SHOTS, VERDICTS } from "./generated/shared";
export type { Policy } from "./policy";
export type { BoxJson, FindingJson, ReportJson } from "./report";
export { explain, ruleName, verdictName } from "./texts";
