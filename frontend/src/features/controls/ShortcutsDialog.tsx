/** The list of keys, and the switch that turns single keys off. */
import { t, type MessageKey } from '../../i18n';
import { useSelector } from '../../lib/store';
import { preferences, savePreferences } from '../../session/preferences';
import { Dialog } from '../../ui/Dialog';
import styles from './ShortcutsDialog.module.css';

const KEYS: readonly (readonly [string, MessageKey])[] = [
  ['M', 'shortcuts.microphone'],
  ['V', 'shortcuts.camera'],
  ['C', 'control.chat'],
  ['P', 'control.people'],
  ['F', 'control.fullScreen'],
  ['?', 'shortcuts.title'],
];

export interface ShortcutsDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ShortcutsDialog({ isOpen, onClose }: ShortcutsDialogProps) {
  const isEnabled = useSelector(preferences, (saved) => saved.hasSingleKeyShortcuts);
  return (
    <Dialog title={t('shortcuts.title')} isOpen={isOpen} onClose={onClose}>
      <dl className={styles.keys}>
        {KEYS.map(([key, label]) => (
          <div key={key} className={styles.row}>
            <dt>{t(label)}</dt>
            <dd>
              <kbd className={styles.key}>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <label className={styles.switch}>
        <input
          type="checkbox"
          checked={isEnabled}
          onChange={(event) => savePreferences({ hasSingleKeyShortcuts: event.target.checked })}
        />
        {t('shortcuts.enabled')}
      </label>
    </Dialog>
  );
}
