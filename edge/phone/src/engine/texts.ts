// vision/texts/: texts for people, looked up by code.
import type { Language, Reason, RuleId, Verdict } from "./generated/shared";
import texts from "./generated/texts.json";

export function ruleName(rule: RuleId, language: Language): string {
  return texts[language].rules[rule];
}

export function verdictName(verdict: Verdict, language: Language): string {
  return texts[language].verdicts[verdict];
}

/** What a finding means and what to do, in one or two sentences. */
export function explain(finding: { reason: Reason; detail: string }, language: Language): string {
  const all: { colours?: Record<string, string>; reasons: Record<Reason, string> } =
    texts[language];
  const detail = all.colours?.[finding.detail] ?? finding.detail;
  return all.reasons[finding.reason].replaceAll("{detail}", detail || "?");
}
