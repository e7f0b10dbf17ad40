"""The reviewer's pages and search. Reads answers and captions; learns of no accommodation."""
