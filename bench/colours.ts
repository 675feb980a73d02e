/** From dark blue over green to yellow, like the colour map viridis. */
export function shade(part: number): number[] {
  const stops = [
    [68, 1, 84],
    [59, 82, 139],
    [33, 145, 140],
    [94, 201, 98],
    [253, 231, 37],
  ];
  const place = part * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  return stops[below].map((value, channel) => value + (stops[below + 1][channel] - value) * (place - below));
}
