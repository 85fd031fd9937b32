/** Turns the pages of the stage; says which one this is. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { t } from '../../i18n';
import { IconButton } from '../../ui/IconButton';
import styles from './Pager.module.css';

export interface PagerProps {
  readonly page: number;
  readonly pages: number;
  readonly onTurn: (step: number) => void;
}

export function Pager({ page, pages, onTurn }: PagerProps) {
  return (
    <nav className={styles.pager} aria-label={t('stage.pages')}>
      <IconButton
        icon={ChevronLeft}
        size="small"
        label={t('stage.previous')}
        disabled={page === 0}
        onClick={() => onTurn(-1)}
      />
      <span className="sf-numbers" aria-live="polite">
        {t('stage.page', { page: page + 1, pages })}
      </span>
      <IconButton
        icon={ChevronRight}
        size="small"
        label={t('stage.next')}
        disabled={page === pages - 1}
        onClick={() => onTurn(1)}
      />
    </nav>
  );
}
