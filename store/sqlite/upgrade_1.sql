-- Schema 1 to 2. The rows of purchased have lost how many pieces there were, and the marks which of the files was the last: without marks the
-- next load reads each file again.
ALTER TABLE product ADD COLUMN catalogue INTEGER;
UPDATE product SET catalogue = 0 WHERE name IS NOT NULL OR product_code IS NOT NULL OR product_type IS NOT NULL OR department IS NOT NULL;

ALTER TABLE purchased RENAME TO purchased_1;
CREATE TABLE purchased (
    t_date TEXT NOT NULL,
    customer INTEGER NOT NULL REFERENCES customer,
    product INTEGER NOT NULL REFERENCES product,
    price REAL NOT NULL,
    sales_channel INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    load INTEGER NOT NULL,
    PRIMARY KEY (t_date, customer, product, price, sales_channel)
) WITHOUT ROWID;
INSERT INTO purchased SELECT t_date, customer, product, price, sales_channel, 1, 0 FROM purchased_1;
DROP TABLE purchased_1;

DROP TABLE loaded;
CREATE TABLE loaded (
    kind TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    load INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    done INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX embedding_revision ON embedding (model, revision);
PRAGMA user_version = 2;
