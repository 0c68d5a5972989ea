// The sound of an alarm.

let context = null;

/** Two soft tones, the second higher. */
export function play() {
  context ??= new AudioContext();
  context.resume();
  for (const [index, hertz] of [523, 659].entries()) {
    const [tone, loudness] = [context.createOscillator(), context.createGain()];
    const at_s = context.currentTime + index * 0.22;
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, at_s);
    loudness.gain.linearRampToValueAtTime(0.12, at_s + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at_s + 0.5);
    tone.connect(loudness).connect(context.destination);
    tone.start(at_s);
    tone.stop(at_s + 0.55);
  }
}
