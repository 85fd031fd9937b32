/** Invented people of the gallery. */
import { fakeParticipant } from '@streamforge/client/testing';
import type { Participant } from '../session/types';
import type { Scene } from './scene';

const NAMES = [
  'Ada Lovelace',
  'Grace Hopper',
  'Alan Turing',
  'Katherine Johnson',
  'Linus Pauling',
  'Zoë Quinn',
  '山田 太郎',
  'Mohammed al-Khwarizmi',
  'Hedy Lamarr',
  'Edsger Dijkstra',
  'Barbara Liskov',
  'Радиa Перлман',
  'Donald Knuth',
  'Margaret Hamilton',
  'Tim Lee',
  'Annie Easley',
  'Claude Shannon',
  'Frances Allen',
  'Niklaus Wirth',
  'Jean Bartik',
];
const LONG = 'Maximiliane von Hohenlohe-Langenburg-Schillingsfürst (Quality Assurance, Building 7)';
const ARABIC = ['آدا لوفليس', 'غريس هوبر', 'آلان تورنغ', 'كاثرين جونسون', 'محمد الخوارزمي'];

export const SELF_ID = 'ptc_0';

export function people(scene: Scene): Participant[] {
  return Array.from({ length: scene.tiles }, (_, index) => {
    const names = scene.isRightToLeft ? ARABIC : NAMES;
    const base = names[index % names.length] ?? '';
    const isMuted = index % 3 === 2;
    const hasCamera = scene.hasVideo && index % 4 !== 3;
    return fakeParticipant({
      participantId: `ptc_${index}`,
      displayName: scene.hasLongNames && index % 2 === 1 ? LONG : base,
      role: index === 0 ? 'moderator' : 'participant',
      connection: scene.state === 'troubled' && index === 1 ? 'reconnecting' : 'connected',
      producers: [
        { producerId: `prd_${index}m`, source: 'microphone', kind: 'audio', muted: isMuted },
        { producerId: `prd_${index}c`, source: 'camera', kind: 'video', muted: !hasCamera },
        ...(scene.state === 'share' && index === 1
          ? [
              {
                producerId: 'prd_s',
                source: 'screen' as const,
                kind: 'video' as const,
                muted: false,
              },
            ]
          : []),
      ],
    });
  });
}
