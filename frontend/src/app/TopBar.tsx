/** The quiet line above home and prejoin: the mark, and the theme in the corner. */
import { Link } from 'wouter';
import { Monitor, Moon, Sun } from 'lucide-react';
import { t } from '../i18n';
import { useSelector } from '../lib/store';
import { preferences, savePreferences } from '../session/preferences';
import { IconButton } from '../ui/IconButton';
import { Logo } from '../ui/Logo';
import styles from './TopBar.module.css';

/** One button walks through the three themes; a menu would be the only one before joining. */
const NEXT = { auto: 'light', system: 'light', light: 'dark', dark: 'system' } as const;
const ICONS = { auto: Monitor, system: Monitor, light: Sun, dark: Moon } as const;

export function TopBar() {
  const theme = useSelector(preferences, (saved) => saved.theme);
  return (
    <header className={styles.bar}>
      <Link href="/" className={styles.home} aria-label={t('app.home')}>
        <Logo />
        <span>{t('app.name')}</span>
      </Link>
      <IconButton
        icon={ICONS[theme]}
        label={t('theme.current', { theme })}
        onClick={() => savePreferences({ theme: NEXT[theme] })}
      />
    </header>
  );
}
