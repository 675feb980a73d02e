/** log|det| of a square matrix, row-major, by elimination with the largest pivots. */
export function logAbsDeterminant(matrix: Float64Array, width: number): number {
  const rows = Array.from({ length: width }, (_, row) => matrix.slice(row * width, (row + 1) * width));
  let logDeterminant = 0;
  for (let column = 0; column < width; column++) {
    let pivot = column;
    for (let row = column + 1; row < width; row++)
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    logDeterminant += Math.log(Math.abs(rows[column][column]));
    for (let row = column + 1; row < width; row++) {
      const factor = rows[row][column] / rows[column][column];
      for (let k = column; k < width; k++) rows[row][k] -= factor * rows[column][k];
    }
  }
  return logDeterminant;
}
