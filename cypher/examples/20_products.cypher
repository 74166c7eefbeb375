// Products by nothing but their code.
// database: products
// parameters: codes LIST<STRING>
// returns: nothing
// servers: >= 4.4
UNWIND $codes AS code
MERGE (:Product {code: code})
