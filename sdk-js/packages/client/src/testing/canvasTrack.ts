/** A picture that moves, made in the page: video for galleries and tests without a camera. */

export interface CanvasTrackOptions {
  readonly width?: number;
  readonly height?: number;
  /** 0 to 360: who it is must be visible by colour. */
  readonly hue?: number;
  readonly text?: string;
  readonly framesPerSecond?: number;
}

/** Draws a coloured room with a moving disc. Ends with `track.stop()`. */
export function createCanvasTrack(options: CanvasTrackOptions = {}): MediaStreamTrack {
  const { width = 640, height = 360, hue = 210, text = '', framesPerSecond = 10 } = options;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const track = canvas.captureStream(framesPerSecond).getVideoTracks()[0];
  if (context === null || track === undefined) throw new Error('This page has no canvas streams.');
  let frame = 0;
  const draw = () => {
    if (track.readyState === 'ended') {
      clearInterval(timer);
      return;
    }
    drawFrame(context, { width, height, hue, text, frame: frame++ });
  };
  const timer = setInterval(draw, 1000 / framesPerSecond);
  draw();
  return track;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly hue: number;
  readonly text: string;
  readonly frame: number;
}

function drawFrame(context: CanvasRenderingContext2D, picture: Frame): void {
  const { width, height, hue, text, frame } = picture;
  const sky = context.createLinearGradient(0, 0, width, height);
  sky.addColorStop(0, `hsl(${hue} 45% 38%)`);
  sky.addColorStop(1, `hsl(${(hue + 40) % 360} 50% 18%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  const sway = Math.sin(frame / 8) * width * 0.03;
  context.fillStyle = `hsl(${hue} 55% 70%)`;
  context.beginPath();
  context.arc(width / 2 + sway, height * 0.42, height * 0.17, 0, Math.PI * 2);
  context.arc(width / 2 + sway, height * 1.02, height * 0.38, 0, Math.PI * 2);
  context.fill();
  if (text === '') return;
  context.fillStyle = `hsl(${hue} 60% 92%)`;
  context.font = `${Math.round(height / 12)}px sans-serif`;
  context.fillText(text, width * 0.04, height * 0.12);
}
