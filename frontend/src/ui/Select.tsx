/** A field that opens a menu with one chosen value. Looks like a text field, behaves like a menu of choices. */
import { ChevronDown, type LucideIcon } from 'lucide-react';
import { useId } from 'react';
import { Icon } from './Icon';
import { Menu, MenuChoices, type MenuChoice } from './Menu';
import styles from './Select.module.css';

export interface SelectProps {
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly value: string;
  readonly choices: readonly MenuChoice[];
  readonly placeholder: string;
  readonly isDisabled?: boolean;
  readonly onChange: (value: string) => void;
}

export function Select(props: SelectProps) {
  const { label, icon, value, choices, placeholder, isDisabled = false, onChange } = props;
  const id = useId();
  const chosen = choices.find((choice) => choice.value === value)?.label ?? placeholder;
  const trigger = (
    <button
      type="button"
      className={styles.select}
      aria-labelledby={`${id}-label ${id}-value`}
      disabled={isDisabled || choices.length === 0}
    >
      {icon !== undefined && <Icon of={icon} />}
      <span id={`${id}-label`} className="sf-visually-hidden">
        {label}
      </span>
      <span id={`${id}-value`} className={styles.value}>
        {chosen}
      </span>
      <Icon of={ChevronDown} size={16} />
    </button>
  );
  return (
    <Menu trigger={trigger} side="bottom">
      <MenuChoices label={label} value={value} choices={choices} onChange={onChange} />
    </Menu>
  );
}
