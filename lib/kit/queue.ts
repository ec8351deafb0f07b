/** A message of a queue is given out this often before it is put aside for a person. */
export const queueAttempts = 5
