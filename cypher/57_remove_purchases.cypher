// Delete the purchases of these products.
// database: graph
// parameters: codes LIST<STRING>
// returns: what STRING, count INTEGER
// servers: >= 4.4
UNWIND $codes AS code
MATCH ()-[b:PURCHASED]->(:Product {code: code})
DELETE b
RETURN 'purchases' AS what, count(*) AS count
