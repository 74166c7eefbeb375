// Products are found by their code. HmrecStore is the one node that says which model is current and how far neighbours are computed;
// HmrecLoad says of each kind of file how far the one loaded last has been read.
// database: products
// parameters: none
// returns: nothing
// servers: >= 4.4
CREATE CONSTRAINT uniqueProduct IF NOT EXISTS FOR (n:Product) REQUIRE (n.code) IS UNIQUE;
CREATE CONSTRAINT uniqueHmrecStore IF NOT EXISTS FOR (n:HmrecStore) REQUIRE (n.key) IS UNIQUE;
CREATE CONSTRAINT uniqueHmrecLoad IF NOT EXISTS FOR (n:HmrecLoad) REQUIRE (n.kind) IS UNIQUE
