/** Trained densities as earlier versions of the service have stored them. */

/** Bytes that the first version wrote. */
export const firstVersion = Buffer.from(
  'UFVTSEZMT1cBAAAAhAEAAMElkirAMGS4S89anS6bhKcUTMvjbhxTBhnfq20oSf7NeyJoZWFkZXIiOnsia2luZCI6ImRlbnNpdHkiLCJjb2x1bW5zIjpb' +
    'ImEiLCJiIl0sImNvbnRleHQiOlsiYyJdLCJzcGVjIjp7ImJhc2UiOnsidHlwZSI6Im5vcm1hbCIsImxlYXJuZWQiOmZhbHNlfSwibGF5ZXJzIjpbeyJ0' +
    'eXBlIjoicGVybXV0YXRpb24iLCJraW5kIjoicmV2ZXJzZSIsIm9yZGVyIjpbMSwwXX0seyJ0eXBlIjoiYWN0bm9ybSJ9XX19LCJhcnJheXMiOlt7Im5h' +
    'bWUiOiJsb2NhdGlvbiIsInR5cGUiOiJmbG9hdDY0Iiwib2Zmc2V0IjowLCJsZW5ndGgiOjN9LHsibmFtZSI6InNjYWxlIiwidHlwZSI6ImZsb2F0NjQi' +
    'LCJvZmZzZXQiOjI0LCJsZW5ndGgiOjN9LHsibmFtZSI6InBhcmFtZXRlcnMiLCJ0eXBlIjoiZmxvYXQzMiIsIm9mZnNldCI6NDgsImxlbmd0aCI6NH1d' +
    'fQAAAAAAAAAAAAD4PwAAAAAAAAjAAAAAAAAAHEAAAAAAAAAAQAAAAAAAAOA/AAAAAAAAJEAAAIA+AAAAvwAAgD8AAEBA',
  'base64',
);

/** Bytes that the second version wrote, of two flows. */
export const secondVersion = Buffer.from(
  'UFVTSEZMT1cBAAAADQIAAIRjq6rjlatzI6iAOK36TnzZ3bUUCLQczXctke4HmAxpeyJoZWFkZXIiOnsia2luZCI6ImRlbnNpdHkiLCJ2ZXJzaW9uIjoy' +
    'LCJjb2x1bW5zIjpbImEiLCJiIl0sImNvbnRleHQiOlsiYyJdLCJzcGVjcyI6W3siYmFzZSI6eyJ0eXBlIjoibm9ybWFsIiwibGVhcm5lZCI6ZmFsc2V9' +
    'LCJsYXllcnMiOlt7InR5cGUiOiJwZXJtdXRhdGlvbiIsImtpbmQiOiJyZXZlcnNlIiwib3JkZXIiOlsxLDBdfSx7InR5cGUiOiJhY3Rub3JtIn1dfSx7' +
    'ImJhc2UiOnsidHlwZSI6InN0dWRlbnQtdCIsImxlYXJuZWQiOmZhbHNlfSwibGF5ZXJzIjpbXX1dfSwiYXJyYXlzIjpbeyJuYW1lIjoibG9jYXRpb24i' +
    'LCJ0eXBlIjoiZmxvYXQ2NCIsIm9mZnNldCI6MCwibGVuZ3RoIjozfSx7Im5hbWUiOiJzY2FsZSIsInR5cGUiOiJmbG9hdDY0Iiwib2Zmc2V0IjoyNCwi' +
    'bGVuZ3RoIjozfSx7Im5hbWUiOiJwYXJhbWV0ZXJzMCIsInR5cGUiOiJmbG9hdDMyIiwib2Zmc2V0Ijo0OCwibGVuZ3RoIjo0fSx7Im5hbWUiOiJwYXJh' +
    'bWV0ZXJzMSIsInR5cGUiOiJmbG9hdDMyIiwib2Zmc2V0Ijo2NCwibGVuZ3RoIjoyfV19AAAAAAAAAAAA+D8AAAAAAAAIwAAAAAAAABxAAAAAAAAAAEAA' +
    'AAAAAADgPwAAAAAAACRAAACAPgAAAL8AAIA/AABAQAAA4EAAAABB',
  'base64',
);

/** Bytes that the third version wrote, of columns of all kinds, not calibrated. */
export const thirdVersion = Buffer.from(
  'UFVTSEZMT1cBAAAAAAIAAIWRrdZggr7YN3Oc/SirZxcu4ziMk536iJOmT+7NUvsEeyJoZWFkZXIiOnsia2luZCI6ImRlbnNpdHkiLCJ2ZXJzaW9uIjoz' +
    'LCJjb2x1bW5zIjpbImEiLCJiIl0sImNvbnRleHQiOlsiYyJdLCJlbmNvZGluZyI6eyJjb2x1bW5zIjpbeyJuYW1lIjoiYSIsImtpbmQiOiJpbnRlZ2Vy' +
    'IiwibG9jYXRpb24iOjEuNSwic2NhbGUiOjIsImxvd2VyIjowLCJtaXNzaW5nIjp0cnVlfSx7Im5hbWUiOiJiIiwia2luZCI6ImNhdGVnb3JpY2FsIiwi' +
    'Y2F0ZWdvcmllcyI6WyLDpCIsMC4xLGZhbHNlXSwibWlzc2luZyI6ZmFsc2UsImZpbGwiOjJ9XSwiY29udGV4dCI6W3sibmFtZSI6ImMiLCJraW5kIjoi' +
    'Y29udGludW91cyIsImxvY2F0aW9uIjo3LCJzY2FsZSI6MTAsIm1pc3NpbmciOmZhbHNlfV19LCJzcGVjcyI6W3siYmFzZSI6eyJ0eXBlIjoibm9ybWFs' +
    'IiwibGVhcm5lZCI6ZmFsc2V9LCJsYXllcnMiOlt7InR5cGUiOiJhY3Rub3JtIn1dfV19LCJhcnJheXMiOlt7Im5hbWUiOiJwYXJhbWV0ZXJzMCIsInR5' +
    'cGUiOiJmbG9hdDMyIiwib2Zmc2V0IjowLCJsZW5ndGgiOjJ9XX0AAIA+AAAAvw==',
  'base64',
);
