// Some products, other ones each time.
// database: products
// parameters: limit INTEGER
// returns: code STRING
// servers: >= 4.4
MATCH (p:Product)
RETURN p.code AS code
ORDER BY rand() LIMIT $limit
