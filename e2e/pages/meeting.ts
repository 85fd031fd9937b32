/** The meeting, found as a person or a screen reader finds it: by role and name. */
import { expect, type Locator, type Page } from '@playwright/test';

/** "Ada, microphone on" and "Ada (you), muted", but not "Ada’s screen". */
function personTile(name: string): RegExp {
  return new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(,| \\()`);
}

export class MeetingPage {
  constructor(private readonly page: Page) {}

  readonly toolbar = () => this.page.getByRole('toolbar');
  readonly microphone = () => this.toolbar().getByRole('button', { name: /^microphone$/i });
  readonly camera = () => this.toolbar().getByRole('button', { name: /^camera$/i });
  readonly share = () => this.toolbar().getByRole('button', { name: /share/i });
  readonly leaveButton = () => this.page.getByRole('button', { name: 'Leave' });
  readonly people = () => this.toolbar().getByRole('button', { name: /^people/i });
  readonly chat = () => this.toolbar().getByRole('button', { name: /^chat/i });
  readonly chatField = () => this.page.getByRole('textbox', { name: /message/i });
  readonly chatLog = () => this.page.getByRole('log');
  readonly nextPage = () => this.page.getByRole('button', { name: /next page/i });

  /** "2 of 4" */
  readonly pageNumber = () => this.page.getByText(/^\d+ of \d+$/);

  /** Every tile on the current page. */
  readonly tiles = (): Locator =>
    this.page.getByRole('article').filter({ has: this.page.locator('video') });

  /** The camera tile of a participant. */
  tile(name: string): Locator {
    return this.page.getByRole('article', { name: personTile(name) }).first();
  }

  /** A participant's shared screen. */
  screen(): Locator {
    return this.page.getByRole('article', { name: /screen/i }).first();
  }

  async waitUntilJoined(): Promise<void> {
    await expect(this.leaveButton()).toBeVisible();
  }

  async say(text: string): Promise<void> {
    if (!(await this.chatField().isVisible())) await this.chat().click();
    await this.chatField().fill(text);
    await this.chatField().press('Enter');
  }
}
