// What the colours mean.

const TONES = {
  good: ["VERIFIED", "VALIDATED", "PAID", "CLOSED", "CREATED"],
  warn: ["TO_EDIT", "TO_REPAY", "TO_REPAY_FEES", "TO_VALIDATE", "ISSUE_DETECTED"],
  bad: ["FAILED", "DECLINED", "CANCELED", "DELETED"],
};

export const tone = (status) => Object.keys(TONES).find((name) => TONES[name].includes(status?.toUpperCase())) ?? "calm";
export const succeeded = (forward) => forward.status >= 200 && forward.status < 300;
