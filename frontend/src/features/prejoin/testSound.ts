/** Two short notes on the chosen output, made here so that nothing has to be loaded. */

const NOTES_HZ = [523.25, 659.25]; // C5, E5: clear on laptop speakers
const NOTE_S = 0.28;
const PEAK = 0.22;

type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };

export async function playTestSound(outputId: string | null): Promise<void> {
  const context: SinkContext = new AudioContext();
  try {
    if (outputId !== null) await context.setSinkId?.(outputId);
  } catch {
    // The output is gone: the default one answers, which is what the person hears about.
  }
  NOTES_HZ.forEach((frequency, index) => {
    const start = context.currentTime + index * NOTE_S;
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.linearRampToValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(PEAK, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_S);
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_S);
    if (index === NOTES_HZ.length - 1) tone.onended = () => void context.close();
  });
}
