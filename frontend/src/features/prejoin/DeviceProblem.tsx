/** Why a device could not be opened and what to click in this very browser. */
import { RotateCw } from 'lucide-react';
import { t, type MessageKey } from '../../i18n';
import { browserFamily, type BrowserFamily } from '../../lib/browser';
import { Button } from '../../ui/Button';
import styles from './DeviceProblem.module.css';

export interface DeviceProblemProps {
  /** The SDK's stable code of the failed start. */
  readonly code: string;
  readonly isMicrophone: boolean;
  readonly isCamera: boolean;
  readonly onRetry: () => void;
}

const STEPS: Record<BrowserFamily, MessageKey> = {
  chrome: 'permission.chrome',
  edge: 'permission.chrome',
  firefox: 'permission.firefox',
  safari: 'permission.safari',
  'safari-ios': 'permission.safariIos',
  android: 'permission.android',
  other: 'permission.other',
};

export function DeviceProblem({ code, isMicrophone, isCamera, onRetry }: DeviceProblemProps) {
  const device = isMicrophone && isCamera ? 'both' : isMicrophone ? 'microphone' : 'camera';
  const kind = kindOf(code);
  const text = kind === 'denied' ? t(STEPS[browserFamily()]) : t(`device.${kind}Text`);
  return (
    <div className={styles.problem} role="alert">
      <h2 className={styles.title}>{t(`device.${kind}`, { device })}</h2>
      <p className={styles.text}>{text}</p>
      {kind !== 'insecure' && (
        <Button size="small" icon={RotateCw} className={styles.retry} onClick={onRetry}>
          {t('action.tryAgain')}
        </Button>
      )}
    </div>
  );
}

/** Codes of the SDK's devices module; unknown ones read as a device that does not start. */
export function kindOf(code: string): 'denied' | 'missing' | 'busy' | 'insecure' {
  if (/denied|permission/u.test(code)) return 'denied';
  if (/not_found|missing|no_device/u.test(code)) return 'missing';
  if (/insecure|unsupported/u.test(code)) return 'insecure';
  return 'busy';
}
