// What the model's files must be, as browsers check it; the export writes it anew.

export const sums = {};
