// Delete the neighbours of these products, and these products as neighbours of others.
// database: products
// parameters: codes LIST<STRING>
// returns: what STRING, count INTEGER
// servers: >= 4.4
UNWIND $codes AS code
MATCH (:Product {code: code})-[s:SIMILAR]-()
WITH DISTINCT s
DELETE s
RETURN 'neighbours' AS what, count(*) AS count
