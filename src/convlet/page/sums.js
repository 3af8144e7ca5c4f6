// What files must be, as browsers check it. The export writes it anew; a server has nothing to say here.

export const sums = {};
