/** More pixels than two to one of the page are not told apart. */
export const pixelRatio = () => Math.min(2, window.devicePixelRatio || 1);
