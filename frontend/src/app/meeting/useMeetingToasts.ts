/** Says in passing what happens in the meeting: arrivals in one breath, messages while chat is closed, device trouble. */
import { useEffect, useRef } from 'react';
import { t, tOr } from '../../i18n';
import { useRoom } from '../../session/RoomContext';
import type { LocalMedia, Room } from '../../session/types';
import { toasts } from '../../ui/toasts';

const PRESENCE_MS = 2500;
const GROUP_MS = 1500;
const CHAT_QUIET_MS = 4000; // at most one message toast in this time
const CHAT_PREVIEW = 90;

export function useMeetingToasts(isChatOpen: boolean, onOpenChat: () => void): void {
  const room = useRoom();
  const latest = useRef({ isChatOpen, onOpenChat });
  useEffect(() => {
    latest.current = { isChatOpen, onOpenChat };
  });
  useEffect(() => {
    const stops = [
      sayArrivals(room),
      sayDepartures(room),
      sayMessages(room, latest),
      ...sayDeviceTrouble(room.local),
    ];
    return () => stops.forEach((stop) => stop());
  }, [room]);
}

function sayArrivals(room: Room): () => void {
  let names: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = () => {
    timer = undefined;
    const [name = '', ...others] = names;
    names = [];
    const text =
      others.length === 0
        ? t('toast.joinedOne', { name })
        : t('toast.joinedMany', { name, others: others.length });
    toasts.show({ text, durationMs: PRESENCE_MS });
  };
  const stop = room.on('participant-joined', ({ participant }) => {
    names.push(participant.displayName);
    timer ??= setTimeout(say, GROUP_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function sayDepartures(room: Room): () => void {
  return room.on('participant-left', ({ participant, reason }) => {
    const key = reason === 'lost' ? 'toast.lostOne' : 'toast.leftOne';
    toasts.show({ text: t(key, { name: participant.displayName }), durationMs: PRESENCE_MS });
  });
}

interface ChatToastState {
  readonly current: { readonly isChatOpen: boolean; readonly onOpenChat: () => void };
}

function sayMessages(room: Room, state: ChatToastState): () => void {
  let quietUntil = 0;
  return room.on('chat-received', ({ entry }) => {
    const isOwn = entry.participantId === room.state.getSnapshot().self?.participantId;
    if (isOwn || state.current.isChatOpen || performance.now() < quietUntil) return;
    quietUntil = performance.now() + CHAT_QUIET_MS;
    const text =
      entry.text.length > CHAT_PREVIEW ? `${entry.text.slice(0, CHAT_PREVIEW)}…` : entry.text;
    toasts.show({
      text: t('toast.chat', { name: entry.displayName, text }),
      action: { label: t('toast.open'), run: () => state.current.onOpenChat() },
    });
  });
}

/** A device that fails during the meeting: what is wrong, kept in the log. Own choices (a closed picker) say nothing. */
function sayDeviceTrouble(local: LocalMedia): (() => void)[] {
  return (['microphone', 'camera', 'screen'] as const).map((device) => {
    const { state } = local[device];
    let last = state.getSnapshot().error;
    return state.subscribe(() => {
      const { error } = state.getSnapshot();
      if (error !== null && error !== last && error.code !== 'share_cancelled') {
        const text = tOr(`trouble.${error.code}`, 'trouble.device_failed', { device });
        toasts.show({ text, tone: 'danger', durationMs: 10_000, isImportant: true });
      }
      last = error;
    });
  });
}
