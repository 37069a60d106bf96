#!/bin/bash
# sbatch slurm.sh sweep.yaml results/sweep: shards as an array job, no scheduler needed; then
#   twin merge results/sweep results/sweep-* --checks checks.yaml
#SBATCH --array=1-4
#SBATCH --cpus-per-task=16
#SBATCH --mem=32G
#SBATCH --time=12:00:00
set -eu
twin sweep "$1" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --jobs "$SLURM_CPUS_PER_TASK" \
  --out "$2-$SLURM_ARRAY_TASK_ID" --resume --progress json
