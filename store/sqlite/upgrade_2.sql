-- Schema 2 to 3.
-- What rules most products out of a search: a screen, empty where none pays, and what was kept of each embedding with it, a block of
-- products in a row. Wrong it cannot be: what came after `revision` is not in it, and whatever was replaced or removed since is seen at the embedding.
CREATE TABLE screen (
    model INTEGER PRIMARY KEY REFERENCES model,
    made_of INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    saved BLOB NOT NULL
);
CREATE TABLE screen_block (block INTEGER PRIMARY KEY, products BLOB NOT NULL, kept BLOB NOT NULL);
PRAGMA user_version = 3;
