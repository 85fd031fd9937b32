/** A picture that looks like a shared document, to judge sharpness and fitting. */
export function createScreenTrack(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 800;
  const context = canvas.getContext('2d');
  const track = canvas.captureStream(5).getVideoTracks()[0];
  if (context === null || track === undefined) throw new Error('no canvas');
  const draw = () => {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, 1280, 800);
    context.fillStyle = '#1f2937';
    context.fillRect(0, 0, 1280, 56);
    context.fillStyle = '#111827';
    context.font = '600 44px sans-serif';
    context.fillText('Quarterly plan', 96, 160);
    context.font = '24px sans-serif';
    for (let line = 0; line < 12; line += 1) {
      context.fillStyle = line % 4 === 0 ? '#374151' : '#9ca3af';
      context.fillRect(96, 210 + line * 42, 500 + ((line * 137) % 480), 12);
    }
  };
  draw();
  setInterval(draw, 200);
  return track;
}
