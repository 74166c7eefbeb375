// Whether there are embeddings of a model: the count is 1 or 0.
// database: products
// parameters: model STRING
// returns: count INTEGER
// servers: >= 4.4
MATCH (p:Product)
WHERE p.embedding_model = $model
WITH p LIMIT 1
RETURN count(p) AS count
