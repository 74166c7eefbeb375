-- The SQLite store. Node tables bear the names of the graph's labels, key first; an edge that starts at a product, or that each node
-- has at most one of, is a column. Embeddings: 2048 f32, little-endian, as sqlite-vec reads them.
PRAGMA application_id = 0x686d7265; -- "hmre"
PRAGMA user_version = 3;

CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE product_group (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE product_type (number INTEGER PRIMARY KEY, name TEXT NOT NULL, product_group TEXT REFERENCES product_group);
CREATE TABLE section (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE department (number INTEGER PRIMARY KEY, name TEXT NOT NULL, section INTEGER REFERENCES section);
CREATE TABLE index_group (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE index_ (code TEXT PRIMARY KEY, name TEXT NOT NULL, index_group INTEGER REFERENCES index_group) WITHOUT ROWID;
CREATE TABLE garment_group (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE graphical_appearance (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE colour_group (code INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE perceived_colour_value (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE perceived_colour_master (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- catalogue: number of the last load of articles that had the product (0: one without a number); NULL: none had.
CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT,
    product_code TEXT,
    description TEXT,
    product_type INTEGER REFERENCES product_type,
    department INTEGER REFERENCES department,
    index_code TEXT REFERENCES index_,
    garment_group INTEGER REFERENCES garment_group,
    graphical_appearance INTEGER REFERENCES graphical_appearance,
    colour_group INTEGER REFERENCES colour_group,
    perceived_colour_value INTEGER REFERENCES perceived_colour_value,
    perceived_colour_master INTEGER REFERENCES perceived_colour_master,
    catalogue INTEGER
);

CREATE TABLE customer (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    fn INTEGER,
    active INTEGER,
    club_member_status TEXT,
    fashion_news_frequency TEXT,
    age INTEGER,
    postal_code TEXT
);

-- Equal rows of a file of transactions are one row here; quantity is how many there were in the load of that number. The file is in the
-- order of this key, so loading appends; with the customer first, 31.8 million rows would land all over a table of 1.3 GB.
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

-- How far the content that was loaded last of a kind has been read.
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

CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE embedding (
    product INTEGER PRIMARY KEY REFERENCES product,
    model INTEGER NOT NULL REFERENCES model,
    revision INTEGER NOT NULL,
    image_digest TEXT NOT NULL,
    image_bytes INTEGER NOT NULL,
    image_mtime_ns INTEGER NOT NULL,
    vector BLOB NOT NULL CHECK (length(vector) = 8192)
);
-- Counts embeddings, and those that are new, without reading 860 MB of vectors.
CREATE INDEX embedding_revision ON embedding (model, revision);

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

CREATE TABLE similar (
    product INTEGER NOT NULL REFERENCES product,
    rank INTEGER NOT NULL,
    neighbour INTEGER NOT NULL REFERENCES product,
    score REAL NOT NULL,
    PRIMARY KEY (product, rank)
) WITHOUT ROWID;
