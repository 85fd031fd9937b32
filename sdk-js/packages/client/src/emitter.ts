/** A typed event emitter whose listeners cannot hurt one another. */
import { runListener } from './store';

export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(event: never) => void>>();

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const own = (event: Events[Name]) => listener(event);
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(own));
    return () => {
      set.delete(own);
    };
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      runListener(() => listener(event as never));
    }
  }
}
