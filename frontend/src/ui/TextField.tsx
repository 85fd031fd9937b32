/** One line of text with a visible label and, when something is wrong, the reason below it. */
import { useId, type ComponentPropsWithRef } from 'react';
import { cx } from './cx';
import styles from './TextField.module.css';

export interface TextFieldProps extends Omit<ComponentPropsWithRef<'input'>, 'size'> {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly error?: string | undefined;
  readonly size?: 'medium' | 'large';
}

export function TextField(props: TextFieldProps) {
  const { label, isLabelHidden = false, error, size = 'medium', className, id, ...input } = props;
  const ownId = useId();
  const fieldId = id ?? ownId;
  const errorId = `${fieldId}-error`;
  return (
    <div className={cx(styles.field, className)}>
      <label htmlFor={fieldId} className={isLabelHidden ? 'sf-visually-hidden' : styles.label}>
        {label}
      </label>
      <input
        {...input}
        id={fieldId}
        className={cx(styles.input, styles[size])}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : errorId}
      />
      {error !== undefined && (
        <p id={errorId} role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </div>
  );
}
