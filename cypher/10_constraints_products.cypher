// Products are found by their code. HmrecStore is the one node that says which model is current and how far neighbours are computed;
// HmrecMark says how far a file has been loaded.
// database: products
// parameters: none
// returns: nothing
// servers: >= 4.4
CREATE CONSTRAINT uniqueProduct IF NOT EXISTS FOR (n:Product) REQUIRE (n.code) IS UNIQUE;
CREATE CONSTRAINT uniqueHmrecStore IF NOT EXISTS FOR (n:HmrecStore) REQUIRE (n.key) IS UNIQUE;
CREATE CONSTRAINT uniqueHmrecMark IF NOT EXISTS FOR (n:HmrecMark) REQUIRE (n.source) IS UNIQUE
