// Products read by the server from articles.csv, where the server can reach it: 'file:///articles.csv' is in its import folder.
// database: products
// parameters: url STRING
// returns: nothing
// servers: >= 4.4
LOAD CSV WITH HEADERS FROM $url AS row
MERGE (:Product {code: row.article_id})
