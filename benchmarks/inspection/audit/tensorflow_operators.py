"""TensorFlow's operators that a served model never needs, by what they do.

From the registry of TensorFlow 2.21 (1,908 operators), read through by name, by input and by attribute.
One that the installed TensorFlow does not know cannot run. tests/…/audit/test_savedmodel.py compares the
lists with the registry, so that a newer TensorFlow shows what it has added.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """`kind` is the refusal's; `does` ends the sentence "The operator … ."."""

    kind: str
    does: str
    operators: frozenset[str]


def _group(kind: str, does: str, names: str) -> Group:
    return Group(kind, does, frozenset(names.split()))


GROUPS = (
    _group(
        "writes-files",
        "writes files",
        """
        WriteFile Save SaveSlices SaveDataset SaveDatasetV2 DistributedSave DatasetToTFRecord
        ExperimentalDatasetToTFRecord DumpTensor CalibrationStatisticsSaver
        CacheDataset CacheDatasetV2 SnapshotDataset SnapshotDatasetV2
        CreateSummaryDbWriter CreateSummaryFileWriter SummaryWriter CloseSummaryWriter FlushSummaryWriter
        ImportEvent WriteAudioSummary WriteGraphSummary WriteHistogramSummary WriteImageSummary
        WriteRawProtoSummary WriteScalarSummary WriteSummary StatsAggregatorSetSummaryWriter
        FileSystemSetConfiguration
        """,
    ),
    _group(
        "reads-files",
        "reads files",
        """
        ReadFile MatchingFiles MatchingFilesDataset ExperimentalMatchingFilesDataset ImmutableConst
        FixedLengthRecordReader FixedLengthRecordReaderV2 FixedLengthRecordDataset FixedLengthRecordDatasetV2
        IdentityReader IdentityReaderV2 LMDBReader LMDBDataset ExperimentalLMDBDataset RecordInput
        TFRecordReader TFRecordReaderV2 TFRecordDataset TFRecordDatasetV2
        TextLineReader TextLineReaderV2 TextLineDataset WholeFileReader WholeFileReaderV2
        CSVDataset CSVDatasetV2 ExperimentalCSVDataset SqlDataset ExperimentalSqlDataset
        ReaderNumRecordsProduced ReaderNumRecordsProducedV2 ReaderNumWorkUnitsCompleted
        ReaderNumWorkUnitsCompletedV2 ReaderRead ReaderReadV2 ReaderReadUpTo ReaderReadUpToV2 ReaderReset
        ReaderResetV2 ReaderRestoreState ReaderRestoreStateV2 ReaderSerializeState ReaderSerializeStateV2
        LoadDataset ListSnapshotChunksDataset SnapshotChunkDataset SnapshotDatasetReader
        SnapshotNestedDatasetReader LoadAndRemapMatrix GenerateVocabRemapping Skipgram
        Restore RestoreSlice DTensorRestoreV2
        """,
    ),
    _group(
        "prints-or-debugs",
        "prints or writes what passes through it, to a stream, a file or an address of its own choice",
        """
        Print PrintV2 DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary
        DebugGradientIdentity DebugGradientRefIdentity Copy CopyHost
        """,
    ),
    _group("runs-python", "runs a Python function", "PyFunc PyFuncStateless EagerPyFunc"),
    _group(
        "leaves-the-process",
        "speaks to other processes or machines",
        """
        RpcCall RpcCheckStatus RpcClient RpcGetValue RpcServer RpcServerRegister RpcServerStart
        DeleteRpcFutureResource RemoteCall Send Recv _Send _Recv _HostSend _HostRecv
        DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4 RegisterDataset
        RegisterDatasetV2 CollectiveAllToAllV2 CollectiveAllToAllV3 CollectiveAssignGroupV2
        CollectiveBcastRecv CollectiveBcastRecvV2 CollectiveBcastSend CollectiveBcastSendV2 CollectiveGather
        CollectiveGatherV2 CollectiveInitializeCommunicator CollectivePermute CollectiveReduce
        CollectiveReduceScatterV2 CollectiveReduceV2 CollectiveReduceV3 NcclAllReduce NcclBroadcast NcclReduce
        _NcclBroadcastRecv _NcclBroadcastSend _NcclReduceRecv _NcclReduceSend
        XlaSend XlaRecv XlaHostCompute XlaSendToHost XlaRecvFromHost _XlaHostComputeMlir _XlaRecvAtHost
        _XlaRecvAtHostV2 _XlaSendFromHost _XlaSendFromHostV2
        WorkerHeartbeat ConfigureDistributedTPU ConfigureAndInitializeGlobalTPU ShutdownDistributedTPU
        ShutdownTPUSystem _ConfigureDistributedTPU _DisconnectHostFromDistributedTPUSystem
        _InitializeHostForDistributedTPU _SetGlobalTPUArray _ShutdownDistributedTPU _WaitForDistributedTPU
        ConfigureTPUEmbedding ConfigureTPUEmbeddingHost ConnectTPUEmbeddingHosts
        """,
    ),
    _group(
        "hides-a-graph",
        "runs a graph or a program that is packed into bytes, where no audit sees it",
        """
        DatasetFromGraph DeserializeIterator IteratorFromStringHandle IteratorFromStringHandleV2
        MultiDeviceIteratorFromStringHandle MlirPassthroughOp _TPUCompileMlir TPUCompile TPUExecute
        TPUExecuteAndUpdateVariables TPUPartitionedCall TRTEngineOp XlaCustomCall XlaCustomCallV2
        """,
    ),
    _group("ends-the-process", "ends the program that runs it", "Abort"),
)

SAVES, RESTORES = frozenset({"SaveV2", "MergeV2Checkpoints"}), frozenset({"RestoreV2"})
"""The checkpoint's own, which every SavedModel has: for its saver and nothing else."""

READS_TABLE = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"})
"""A lookup table from a text file, which must be one of the model's assets: its second input."""

FILE_ATTRIBUTES = {
    "FixedUnigramCandidateSampler": "vocab_file",
    "DecodeProtoV2": "descriptor_source",
    "EncodeProto": "descriptor_source",
}
"""Harmless unless this attribute names a file; a descriptor may also stand in it, as bytes://…, or come
with the program, as local://."""
