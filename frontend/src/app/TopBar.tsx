/** The quiet line above home and prejoin: the mark, and the theme in the corner. */
import { Link } from 'wouter';
import { Monitor, Moon, Sun } from 'lucide-react';
import { t } from '../i18n';
import { useSelector } from '../lib/store';
import { preferences, savePreferences, type ThemeChoice } from '../session/preferences';
import { IconButton } from '../ui/IconButton';
import { Logo } from '../ui/Logo';
import { Menu, MenuChoices } from '../ui/Menu';
import styles from './TopBar.module.css';

const ICONS = { auto: Monitor, system: Monitor, light: Sun, dark: Moon } as const;

export function TopBar() {
  const theme = useSelector(preferences, (saved) => saved.theme);
  return (
    <header className={styles.bar}>
      <Link href="/" className={styles.home} aria-label={t('app.home')}>
        <Logo />
        <span>{t('app.name')}</span>
      </Link>
      <Menu
        side="bottom"
        align="end"
        trigger={<IconButton icon={ICONS[theme]} label={t('theme.label')} />}
      >
        <MenuChoices
          label={t('theme.label')}
          value={theme === 'auto' ? 'system' : theme}
          choices={[
            { value: 'system', label: t('theme.system') },
            { value: 'light', label: t('theme.light') },
            { value: 'dark', label: t('theme.dark') },
          ]}
          onChange={(value) => savePreferences({ theme: value as ThemeChoice })}
        />
      </Menu>
    </header>
  );
}
