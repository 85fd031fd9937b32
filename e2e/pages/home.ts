/** The first page: a new meeting, or a room by name or link. */
import type { Page } from '@playwright/test';

export class HomePage {
  constructor(private readonly page: Page) {}

  readonly newMeeting = () => this.page.getByRole('button', { name: 'New meeting' });
  readonly nameOrLink = () => this.page.getByRole('textbox', { name: 'Name or link' });

  async open(serverUrl: string): Promise<void> {
    await this.page.goto(`${serverUrl}/`);
  }

  async joinByLink(text: string): Promise<void> {
    await this.nameOrLink().fill(text);
    await this.nameOrLink().press('Enter');
  }
}
