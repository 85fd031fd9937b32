/** An address that is no page of ours. */
import { useLocation } from 'wouter';
import { t } from '../../i18n';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { useTheme } from '../theme';

export function NotFoundPage() {
  const [, navigate] = useLocation();
  useTheme(false);
  return (
    <Notice title={t('notFound.title')} text={t('notFound.text')}>
      <Button variant="primary" onClick={() => navigate('/')}>
        {t('action.goHome')}
      </Button>
    </Notice>
  );
}
