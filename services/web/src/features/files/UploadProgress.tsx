import { Progress, Text } from "@mantine/core";
import {
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconFingerprint,
  IconPlugConnectedX,
  IconUpload,
} from "@tabler/icons-react";
import { secondsLeft } from "@/features/files/speed";
import { isMoving, type Stage, type UploadJob } from "@/features/files/uploadStore";
import { useTexts } from "@/i18n";
import { duration, size } from "@/i18n/format";

const LOOKS: Readonly<Record<Stage, { Icon: typeof IconClock; color: string }>> = {
  queued: { Icon: IconClock, color: "var(--state-waiting)" },
  hashing: { Icon: IconFingerprint, color: "var(--state-running)" },
  sending: { Icon: IconUpload, color: "var(--state-running)" },
  waiting: { Icon: IconPlugConnectedX, color: "var(--warning)" },
  finishing: { Icon: IconClock, color: "var(--state-running)" },
  stored: { Icon: IconCircleCheck, color: "var(--state-succeeded)" },
  named: { Icon: IconCircleCheck, color: "var(--state-succeeded)" },
  failed: { Icon: IconCircleX, color: "var(--state-failed)" },
  cancelled: { Icon: IconBan, color: "var(--state-cancelled)" },
};

/** How far it is, in bytes and in time, by icon, colour and word. */
export function UploadProgress({ job }: { job: UploadJob }) {
  const t = useTexts();
  const { stage, done, file, speed, wasThere } = job;
  const { Icon, color } = LOOKS[stage];
  const isCounting = stage === "hashing" || stage === "sending";
  const left = isCounting ? secondsLeft(speed, done, file.size) : null;
  const share = file.size === 0 ? 100 : Math.min(100, (100 * done) / file.size);
  const words = [
    wasThere && stage === "stored" ? t("files.stage.there") : t(`files.stage.${stage}`),
    isCounting ? t("files.progress", { done: size(done), all: size(file.size) }) : size(file.size),
    ...(isCounting && speed.rate > 0 ? [t("files.speed", { rate: size(speed.rate) })] : []),
    ...(left !== null && left > 1 ? [t("files.left", { time: duration(left) })] : []),
  ];
  return (
    <>
      <Text size="sm" className="quiet" style={{ display: "flex", gap: 8, alignItems: "center" }}>
        <Icon size={16} color={color} aria-hidden />
        <span data-stage={stage}>{words.join(" · ")}</span>
      </Text>
      {isMoving(job) && (
        <Progress.Root size="sm">
          <Progress.Section
            value={stage === "finishing" ? 100 : share}
            color={color}
            animated={stage === "finishing"}
            aria-label={t("files.progress.label", { name: file.name, stage: t(`files.stage.${stage}`) })}
          />
        </Progress.Root>
      )}
    </>
  );
}
