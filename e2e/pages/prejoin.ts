/** Preview, devices and name, before the meeting. */
import { expect, type Page } from '@playwright/test';

export class PrejoinPage {
  constructor(private readonly page: Page) {}

  readonly name = () => this.page.getByRole('textbox', { name: 'Your name' });
  readonly join = () => this.page.getByRole('button', { name: 'Join', exact: true });
  readonly preview = () => this.page.getByRole('region', { name: /preview/i });

  async open(serverUrl: string, slug: string): Promise<void> {
    await this.page.goto(`${serverUrl}/room/${slug}`);
    await expect(this.join()).toBeEnabled();
  }

  /** One's own picture runs, so that a join measures the join and not the camera's start. */
  async waitForPreview(): Promise<void> {
    await expect
      .poll(() =>
        this.preview()
          .locator('video')
          .evaluate((video: HTMLVideoElement) => video.readyState)
          .catch(() => 0),
      )
      .toBeGreaterThanOrEqual(2);
  }

  async joinAs(name: string): Promise<void> {
    await this.name().fill(name);
    await this.join().click();
  }
}
