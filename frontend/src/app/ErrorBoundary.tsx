/** The last net: a defect in the interface becomes a page with a way on instead of an empty window. */
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { RotateCw } from 'lucide-react';
import { t } from '../i18n';
import { copyText } from '../lib/clipboard';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly error: Error | null;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error('ui.crashed', error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Notice
        title={t('crash.title')}
        text={t('crash.text')}
        code={error.name}
        onCopyDetails={() => void copyText(`${error.name}: ${error.message}\n${error.stack ?? ''}`)}
      >
        <Button variant="primary" icon={RotateCw} onClick={() => location.reload()}>
          {t('action.reload')}
        </Button>
      </Notice>
    );
  }
}
