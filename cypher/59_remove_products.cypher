// Delete those of these products of which nothing is left: no embedding, no word of a catalogue, no purchase.
// database: graph
// parameters: codes LIST<STRING>
// returns: what STRING, count INTEGER
// servers: >= 4.4
UNWIND $codes AS code
MATCH (p:Product {code: code})
WHERE p.embedding IS NULL AND p.catalogue IS NULL AND p.name IS NULL AND NOT (p)<-[:PURCHASED]-() AND NOT (p)-[:FROM_DEPARTMENT|SUBSET_OF]->()
DETACH DELETE p
RETURN 'products' AS what, count(*) AS count
