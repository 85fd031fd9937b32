/**
 * A field that chooses one of a list. It is the browser's own select, drawn by us where the browser allows that
 * (`appearance: base-select`): nothing to load before joining, and a phone shows its own wheel.
 */
import { ChevronDown, type LucideIcon } from 'lucide-react';
import { Icon } from './Icon';
import styles from './Select.module.css';

export interface SelectChoice {
  readonly value: string;
  readonly label: string;
}

export interface SelectProps {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly value: string;
  readonly choices: readonly SelectChoice[];
  /** Shown while there is nothing to choose from. */
  readonly placeholder: string;
  readonly onChange: (value: string) => void;
}

export function Select({ label, icon, value, choices, placeholder, onChange }: SelectProps) {
  const isEmpty = choices.length === 0;
  return (
    <div className={styles.field}>
      <Icon of={icon} className={styles.icon} />
      <select
        className={styles.select}
        aria-label={label}
        value={isEmpty ? '' : value}
        disabled={isEmpty}
        onChange={(event) => onChange(event.target.value)}
      >
        {isEmpty && <option value="">{placeholder}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} className={styles.option}>
            {choice.label}
          </option>
        ))}
      </select>
      <Icon of={ChevronDown} size={16} className={styles.caret} />
    </div>
  );
}
