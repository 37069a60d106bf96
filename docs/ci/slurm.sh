#!/bin/bash
# sbatch docs/ci/slurm.sh sweep.yaml results/sweep: shards as an array job, no scheduler needed; then
#   .venv/bin/twin merge results/sweep results/sweep-* --checks checks.yaml --baseline baseline
# Started from the checkout, on a disk that the nodes share: wheels, kernels and days are made once for all tasks.
#SBATCH --array=1-4
#SBATCH --cpus-per-task=16
#SBATCH --mem=32G
#SBATCH --time=12:00:00
set -eu
export OMP_NUM_THREADS=1 TWIN_DAYS="${TWIN_DAYS:-$PWD/.twin/days}"
flock .venv.lock sh docs/ci/install.sh
.venv/bin/twin sweep "$1" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --jobs "$SLURM_CPUS_PER_TASK" \
  --out "$2-$SLURM_ARRAY_TASK_ID" --resume --progress json
