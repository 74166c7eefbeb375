// How many of the model's embeddings are newer than a revision, and how many are not.
// database: products
// parameters: model STRING, revision INTEGER
// returns: newer INTEGER, lasting INTEGER
// servers: >= 4.4
MATCH (p:Product)
WHERE p.embedding_model = $model
RETURN count(CASE WHEN p.embedding_revision > $revision THEN 1 END) AS newer,
       count(CASE WHEN p.embedding_revision <= $revision THEN 1 END) AS lasting
