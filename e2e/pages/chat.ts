/** What people write while things break, and what everybody reads of it afterwards. */
import type { Page } from '@playwright/test';
import type { Participant } from '../fixtures/test.ts';

/** Slower than the server's limit of five messages in five seconds. */
const WRITE_EVERY_MS = 1_200;

/** Somebody who writes "Ada 1", "Ada 2", … until told to stop. */
export class Writer {
  readonly written: string[] = [];
  private isOn = true;
  private readonly ended: Promise<void>;

  constructor(private readonly person: Participant) {
    this.ended = this.write();
    // Whoever stops the writer hears of a failure.
    this.ended.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await this.ended;
  }

  private async write(): Promise<void> {
    const { identity, meeting } = this.person;
    while (this.isOn) {
      const text = `${identity.name} ${String(this.written.length + 1)}`;
      await meeting.say(text);
      this.written.push(text);
      await new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS));
    }
  }
}

/** The messages of writers in the open chat panel, in their order. */
export async function messagesIn(page: Page, names: readonly string[]): Promise<string[]> {
  const text = await page.getByRole('log').innerText();
  const lines = new RegExp(`^(${names.join('|')}) \\d+$`);
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => lines.test(line));
}
